# Secret addresses of a person's page and calendar.

import django.db.models.deletion
import reminders.models.links
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('patients', '0001_initial'),
        ('reminders', '0003_periodic_work'),
        ('scheduling', '0003_kept_outside_the_window'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='GateAddress',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('digest', models.CharField(max_length=64, unique=True)),
                ('wrong_tries', models.PositiveSmallIntegerField(default=0)),
                ('last_wrong_at', models.DateTimeField()),
                ('locked_until', models.DateTimeField(blank=True, null=True)),
            ],
            options={
                'indexes': [models.Index(models.F('last_wrong_at'), name='gate_address_by_age')],
            },
        ),
        migrations.CreateModel(
            name='FeedToken',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('nonce', models.CharField(default=reminders.models.links.new_nonce, editable=False, max_length=32)),
                ('digest', models.CharField(editable=False, max_length=64, unique=True)),
                ('made_at', models.DateTimeField(auto_now_add=True, verbose_name='made')),
                ('revoked_at', models.DateTimeField(blank=True, null=True, verbose_name='ended')),
                ('revoked_by_name', models.CharField(blank=True, max_length=120, verbose_name='ended by')),
                ('recipient', models.CharField(blank=True, help_text='“patient” or “carer:12”; empty for staff.', max_length=40)),
                ('carer', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='feed_tokens', to='patients.carer')),
                ('patient', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='feed_tokens', to='patients.patient')),
                ('user', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.CASCADE, related_name='feed_tokens', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'verbose_name': 'calendar address',
                'verbose_name_plural': 'calendar addresses',
                'ordering': ['-made_at', '-pk'],
                'constraints': [models.CheckConstraint(condition=models.Q(models.Q(('patient__isnull', False), ('user__isnull', True), ('recipient__regex', '^(patient|carer:[1-9][0-9]*)$')), models.Q(('patient__isnull', True), ('recipient', ''), ('user__isnull', False)), _connector='OR'), name='feed_token_of_one_reader'), models.UniqueConstraint(condition=models.Q(('patient__isnull', False), ('revoked_at__isnull', True)), fields=('patient', 'recipient'), name='feed_token_one_live_per_person'), models.UniqueConstraint(condition=models.Q(('revoked_at__isnull', True), ('user__isnull', False)), fields=('user',), name='feed_token_one_live_per_user')],
            },
        ),
        migrations.CreateModel(
            name='PersonalLink',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('nonce', models.CharField(default=reminders.models.links.new_nonce, editable=False, max_length=32)),
                ('digest', models.CharField(editable=False, max_length=64, unique=True)),
                ('made_at', models.DateTimeField(auto_now_add=True, verbose_name='made')),
                ('revoked_at', models.DateTimeField(blank=True, null=True, verbose_name='ended')),
                ('revoked_by_name', models.CharField(blank=True, max_length=120, verbose_name='ended by')),
                ('recipient', models.CharField(help_text='“patient” or “carer:12”, as on messages.', max_length=40)),
                ('wrong_tries', models.PositiveSmallIntegerField(default=0, help_text='Wrong birthdays since the last right one.')),
                ('locked_until', models.DateTimeField(blank=True, null=True)),
                ('last_used_at', models.DateTimeField(blank=True, null=True, verbose_name='last opened')),
                ('appointment', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='personal_links', to='scheduling.appointment')),
                ('carer', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='personal_links', to='patients.carer')),
                ('patient', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='personal_links', to='patients.patient')),
            ],
            options={
                'verbose_name': 'personal link',
                'verbose_name_plural': 'personal links',
                'ordering': ['-made_at', '-pk'],
                'indexes': [models.Index(models.F('patient'), models.F('recipient'), name='personal_link_by_patient')],
                'constraints': [models.UniqueConstraint(condition=models.Q(('revoked_at__isnull', True)), fields=('appointment', 'recipient'), name='personal_link_one_live'), models.CheckConstraint(condition=models.Q(('recipient__regex', '^(patient|carer:[1-9][0-9]*)$')), name='personal_link_reader_known')],
            },
        ),
    ]
